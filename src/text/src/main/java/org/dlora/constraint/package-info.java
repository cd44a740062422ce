/**
 * Constraints on answers: which tokens may come next so that the whole text is valid against a JSON
 * schema, a regular expression or a list of choices. Values and pure functions; no model, no
 * sampling, no HTTP.
 */
@NullMarked
package org.dlora.constraint;

import org.jspecify.annotations.NullMarked;
