"""Pages: get for the user, bind the form, call one verb, render."""
