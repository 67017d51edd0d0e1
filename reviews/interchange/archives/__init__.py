"""Archives of terms in the shapes of Open Terms Archive: Git histories, dataset zips, answers of a collection's API."""
