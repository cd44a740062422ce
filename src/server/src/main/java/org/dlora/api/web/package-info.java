/**
 * Shared parts of all endpoints and pages: refusals in OpenAI's shape, readers of bodies and
 * queries, callers, entity tags and the filters of every request.
 */
@NullMarked
package org.dlora.api.web;

import org.jspecify.annotations.NullMarked;
