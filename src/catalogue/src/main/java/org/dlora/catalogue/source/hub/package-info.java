/**
 * The Hugging Face hub over its HTTP API, and the cache of its files that Python's {@code
 * huggingface_hub} keeps. Models and adapters are fetched alike.
 */
@NullMarked
package org.dlora.catalogue.source.hub;

import org.jspecify.annotations.NullMarked;
