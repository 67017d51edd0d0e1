"""The doctor: tries each thing the hub stands on and says how to mend what fails."""
