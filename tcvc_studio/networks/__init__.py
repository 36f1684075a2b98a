"""One file for each architecture; plain nn.Module, no input or output of files."""
