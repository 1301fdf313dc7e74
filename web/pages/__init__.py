"""The pages of the features, one file each."""
