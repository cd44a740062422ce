package org.dlora.api.openai.responses;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.dlora.api.openai.answer.ServerEvent;
import org.dlora.api.openai.chat.ChatEvent;
import org.dlora.api.openai.chat.ChatRun;
import org.dlora.api.web.ErrorBody;
import org.dlora.api.web.Json;
import org.dlora.replica.request.FinishReason;
import org.jspecify.annotations.Nullable;

/**
 * Writer of one response, streamed or whole. The complete response is kept before its client gets
 * it, so that the client can go on from it at once. Used by one thread at a time.
 */
final class ResponseWriter implements ChatRun.Writer {
    private final ResponseRequest request;
    private final ChatRun run;
    private final ResponseStore store;
    private final Clock clock;
    private final ResponseOutput output;
    private List<ServerEvent> events = new ArrayList<>();
    private int number;

    ResponseWriter(ResponseRequest request, ChatRun run, ResponseStore store, Clock clock) {
        this.request = request;
        this.run = run;
        this.store = store;
        this.clock = clock;
        boolean isStream = request.echo().stream();
        output = new ResponseOutput(isStream ? event -> tell(event) : _ -> {}, isStream);
    }

    /** Returns the JSON of the whole response. */
    byte[] whole(List<ChatEvent> all) {
        for (var event : all) {
            output.add(event);
        }
        if (all.getLast() instanceof ChatEvent.End end) {
            return Json.bytes(kept(end));
        }
        throw new IllegalStateException("The chat has not ended.");
    }

    @Override
    public List<ServerEvent> begin() {
        var response = body("in_progress", null, null, null);
        tell(ResponseEvent.of("response.created", response));
        tell(ResponseEvent.of("response.in_progress", response));
        return told();
    }

    @Override
    public List<ServerEvent> more(ChatEvent event) {
        output.add(event);
        return told();
    }

    @Override
    public List<ServerEvent> end(ChatEvent.End end) {
        var response = kept(end);
        tell(ResponseEvent.of("response." + response.status(), response));
        return told();
    }

    @Override
    public List<ServerEvent> failed(ErrorBody.Detail error) {
        if (error.type().equals("server_error")) {
            var failure = new ResponseBody.Failure("server_error", error.message());
            tell(ResponseEvent.of("response.failed", body("failed", failure, null, null)));
            return told();
        }
        var broken =
                new ResponseEvent.Broken(
                        "error", error.code(), error.message(), error.param(), number++);
        return List.of(new ServerEvent("error", broken));
    }

    private void tell(ResponseEvent event) {
        events.add(new ServerEvent(event.type(), event.numbered(number++)));
    }

    private List<ServerEvent> told() {
        var all = events;
        events = new ArrayList<>();
        return all;
    }

    private ResponseBody kept(ChatEvent.End end) {
        var status = end.reason() == FinishReason.LENGTH ? "incomplete" : "completed";
        output.end(status);
        var usage = ResponseUsage.of(end);
        var response = body(status, null, usage, end.lateAdapter());
        return response.store() && !store.keep(stored(response))
                ? response.withoutStore()
                : response;
    }

    private StoredResponse stored(ResponseBody response) {
        return StoredResponse.of(response, Json.bytes(response), request.items(), request.owner());
    }

    private ResponseBody body(
            String status,
            ResponseBody.@Nullable Failure failure,
            @Nullable ResponseUsage usage,
            @Nullable String lateAdapter) {
        var echo = request.echo();
        return new ResponseBody(
                run.id(),
                "response",
                run.created(),
                status,
                false,
                status.equals("completed") ? clock.instant().getEpochSecond() : null,
                failure,
                status.equals("incomplete")
                        ? new ResponseBody.Incomplete("max_output_tokens")
                        : null,
                echo.instructions(),
                echo.maxOutputTokens(),
                echo.maxToolCalls(),
                echo.model(),
                output.items(),
                echo.parallelToolCalls(),
                echo.previousResponseId(),
                echo.promptCacheKey(),
                echo.reasoning(),
                echo.safetyIdentifier(),
                "default",
                echo.store(),
                run.temperature(),
                echo.text(),
                echo.toolChoice(),
                echo.tools(),
                echo.topLogprobs(),
                run.topP(),
                "disabled",
                usage,
                echo.user(),
                echo.metadata(),
                lateAdapter);
    }
}
