/** Grammars as llama.cpp and vLLM write them (GBNF): a bounded parser. */
@NullMarked
package org.dlora.constraint.gbnf;

import org.jspecify.annotations.NullMarked;
