"""Forms: one file per subject. They check what a person typed; the verbs decide."""
