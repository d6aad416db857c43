//! What the fuzz targets run. It lives here so that an ordinary test can replay their corpus.
