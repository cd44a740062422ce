/**
 * The adapters that are served by name: the catalogue of their versions, the choice of a version,
 * the check of contents, and what is reported of adapters and their places.
 */
@NullMarked
package org.dlora.catalogue.served;

import org.jspecify.annotations.NullMarked;
