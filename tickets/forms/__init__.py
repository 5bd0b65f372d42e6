"""Input from people about tickets."""
