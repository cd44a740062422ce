package org.dlora.api.web;

import org.dlora.operate.history.RepeatedCall;
import org.dlora.security.Access;
import tools.jackson.databind.node.ObjectNode;

/** Reader of calls that are sent again. */
public interface RepeatedCalls {
    /**
     * Returns a call with the caller's rights.
     *
     * @param body of the call; an object without members if it is not sent again
     * @throws ApiException with status 503 if no model is served
     */
    RepeatedCall of(ObjectNode body, Access access);
}
