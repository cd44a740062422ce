/**
 * The public API for programs that embed the engine: one model, its adapters and answers, without a
 * server. It only joins parts that the server uses too.
 */
@NullMarked
package org.dlora.engine.embed;

import org.jspecify.annotations.NullMarked;
