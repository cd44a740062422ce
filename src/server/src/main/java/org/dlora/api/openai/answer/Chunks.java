package org.dlora.api.openai.answer;

import java.util.List;
import org.dlora.api.openai.call.RunningCall;
import org.dlora.api.web.ApiException;

/**
 * Converter of the events of a call into the chunks of its stream. Used by one thread at a time.
 */
public interface Chunks {

    /**
     * Returns the chunks of one event, in order.
     *
     * @throws ApiException if the sequence failed
     */
    List<?> on(RunningCall.Emission emission);

    /** Returns the chunks after the last event. */
    List<?> end();
}
