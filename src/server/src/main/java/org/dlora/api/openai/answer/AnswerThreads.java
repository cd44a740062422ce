package org.dlora.api.openai.answer;

import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Threads that make the JSON of whole answers, which may have many megabytes. They do nothing else
 * and wait for nothing, so that no answer waits for work of other calls.
 */
public final class AnswerThreads {
    public static final Scheduler ALL =
            Schedulers.newBoundedElastic(
                    Math.max(2, Runtime.getRuntime().availableProcessors()),
                    Integer.MAX_VALUE,
                    "answers",
                    60,
                    true);

    private AnswerThreads() {}
}
