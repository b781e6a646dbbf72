"""The policy pack: what no stack may be, said once and checked on every preview and update."""
