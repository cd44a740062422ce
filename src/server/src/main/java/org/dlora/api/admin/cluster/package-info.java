/** Endpoints of the replicas: states, scheduling, dispatch, migrations and rebalancing. */
@NullMarked
package org.dlora.api.admin.cluster;

import org.jspecify.annotations.NullMarked;
