/** Grammars as people write them: parsers of GBNF, as llama.cpp has it, and of Lark. */
@NullMarked
package org.dlora.constraint.notation;

import org.jspecify.annotations.NullMarked;
