/**
 * Runs of gates: the golden prompts of an adapter, answered by one of its versions and compared
 * with what is expected. Which versions have to pass is decided elsewhere.
 */
@NullMarked
package org.dlora.catalogue.gate;

import org.jspecify.annotations.NullMarked;
