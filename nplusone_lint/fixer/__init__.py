"""From a finding to its fix: one file per kind of rewrite asks whether it is allowed, and has the codemod write it."""
