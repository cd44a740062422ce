/** Endpoints of jobs that acquire adapters, by upload or from other places. */
@NullMarked
package org.dlora.api.admin.acquisitions;

import org.jspecify.annotations.NullMarked;
