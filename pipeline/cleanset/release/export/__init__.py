"""The kept samples to train from: as WebDataset tars, Parquet, a Hugging Face folder, or a table of addresses."""
