/**
 * The adapters that the cluster serves by name: their catalogue, the check of their contents, their
 * places in the adapter memories, and what is reported of them.
 */
@NullMarked
package org.dlora.cluster.adapters;

import org.jspecify.annotations.NullMarked;
