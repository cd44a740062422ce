/**
 * Adapters as they are known beyond the process: their names, versions, aliases and defaults as
 * values, and the interface of the store that keeps them. Nothing here knows what is loaded.
 */
@NullMarked
package org.dlora.catalogue.versions;

import org.jspecify.annotations.NullMarked;
