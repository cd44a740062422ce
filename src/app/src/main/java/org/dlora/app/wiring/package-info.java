/**
 * Assembly of the server from the other packages: the beans of its rim, and the model with its
 * adapters and replicas.
 */
@NullMarked
package org.dlora.app.wiring;

import org.jspecify.annotations.NullMarked;
