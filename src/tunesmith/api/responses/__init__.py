"""From what is stored to answers in SageMaker's words; pure."""
