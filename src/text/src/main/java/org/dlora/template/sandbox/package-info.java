/** Bounds on the steps, the memory and the output of a rendering, and the refusals of templates. */
@NullMarked
package org.dlora.template.sandbox;

import org.jspecify.annotations.NullMarked;
