/** Attributes, items and methods of template values, among them all of {@code str}. */
@NullMarked
package org.dlora.template.member;

import org.jspecify.annotations.NullMarked;
