/**
 * Pages of the replicas: what each does and why, and the orders to it. Views are made from values
 * of the services, by pure functions.
 */
@NullMarked
package org.dlora.console.replicas;

import org.jspecify.annotations.NullMarked;
