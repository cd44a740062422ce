/**
 * Folders that a start reads: the base model of the demo, of a path or of the hub, and the adapter
 * roots.
 */
@NullMarked
package org.dlora.app.source;

import org.jspecify.annotations.NullMarked;
