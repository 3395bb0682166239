"""What comes after the upload: processing reports, waiting periods, the support case."""
