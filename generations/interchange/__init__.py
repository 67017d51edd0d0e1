"""How finished footage and what is said of it are read: tables, columns, metadata of providers, zips. Pure; nothing is written here."""
