"""The AWS edge: the only code that knows SageMaker's words."""
