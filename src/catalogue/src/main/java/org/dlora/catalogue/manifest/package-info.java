/**
 * The manifest: the state of adapters that an operator wants, as values; the comparison with what
 * is served; and the guard that keeps others from changing what the manifest says. Nothing here
 * knows YAML or how a change is made.
 */
@NullMarked
package org.dlora.catalogue.manifest;

import org.jspecify.annotations.NullMarked;
