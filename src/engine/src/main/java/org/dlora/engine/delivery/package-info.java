/**
 * Delivery of events to clients: an event leaves through a sink to the subscriber of its request,
 * on a thread of its own. What events say is decided elsewhere.
 */
@NullMarked
package org.dlora.engine.delivery;

import org.jspecify.annotations.NullMarked;
