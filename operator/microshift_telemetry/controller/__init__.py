"""When and in which order: the only place that joins the stages."""
