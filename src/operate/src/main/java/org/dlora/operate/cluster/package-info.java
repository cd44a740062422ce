/** Commands to replicas: drains and restarts, migrations, and the settings of the scheduling. */
@NullMarked
package org.dlora.operate.cluster;

import org.jspecify.annotations.NullMarked;
