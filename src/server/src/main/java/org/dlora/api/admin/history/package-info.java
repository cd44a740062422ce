/**
 * Endpoints of the history: ended requests, usage, changes, audit, replays and the stream of
 * events.
 */
@NullMarked
package org.dlora.api.admin.history;

import org.jspecify.annotations.NullMarked;
