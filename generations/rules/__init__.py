"""What decides, without a row written or a clock asked: values in, an answer with its reasons out."""
