package org.dlora.api.openai.responses;

import java.util.List;

/** An item of an answer while it grows. */
interface OpenItem {
    /** Returns the item as far as it has come. */
    OutputItem item(String status);

    /** Returns the item before its first text, as a stream tells it. */
    OutputItem empty();

    /** Returns the events after that in which the item was added. */
    List<ResponseEvent> opening(int index);

    /** Returns the events before that in which the item is done. */
    List<ResponseEvent> closing(int index);
}
