"""The operations of the SageMaker API that this server offers."""
