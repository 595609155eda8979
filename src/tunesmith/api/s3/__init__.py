"""The S3 protocol on top of the embedded object store: the part of it that SageMaker's clients use."""
