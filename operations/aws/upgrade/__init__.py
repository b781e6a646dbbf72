"""`upgrade`: another release of Dify, and the way back."""
