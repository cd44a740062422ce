package org.dlora.console.playground;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.ChatAnswers;
import org.dlora.api.web.RequestCaller;
import org.dlora.console.page.FormFields;
import org.dlora.console.page.PageForms;
import org.dlora.console.page.PageRenderer;
import org.dlora.operate.Administration;
import org.dlora.security.Access;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.util.UriComponentsBuilder;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The playground. Its form answers with whole answers; where scripts run, the page streams them
 * from {@code /v1/chat/completions} in place of that.
 */
@Controller
final class PlaygroundController {
    private static final String PATH = "/console/playground";

    /** Names that the fields offer; others can be typed. */
    private static final int MOST_NAMES = 1000;

    private final PageRenderer pages;
    private final Administration administration;
    private final ChatAnswers chats;

    PlaygroundController(PageRenderer pages, Administration administration, ChatAnswers chats) {
        this.pages = pages;
        this.administration = administration;
        this.chats = chats;
    }

    /**
     * Shows the empty form.
     *
     * @param models names of models that its fields show
     */
    @GetMapping(PATH)
    Mono<ResponseEntity<String>> show(
            @RequestParam(name = "model", defaultValue = "") List<String> models,
            ServerWebExchange exchange) {
        var form = PlaygroundForm.empty(models, administration.models().servedName());
        return page(exchange, form, form, List.of(), null);
    }

    /** Asks the models of the form at the same time, and shows their answers. */
    @PostMapping(PATH)
    Mono<ResponseEntity<String>> ask(ServerWebExchange exchange) {
        return form(exchange)
                .flatMap(form -> {
                    if (form.prompt().isEmpty()) {
                        return page(
                                exchange, form, form, List.of(), "'Prompt' is empty. Fill it in.");
                    }
                    return Flux.fromIterable(form.models())
                            .flatMapSequential(model -> answer(form, model, exchange))
                            .collectList()
                            .flatMap(answers ->
                                    page(exchange, form, next(form, answers), answers, null));
                });
    }

    /** Returns programs that send what the form would send, as the parts of the page. */
    @PostMapping(PATH + "/code")
    Mono<ResponseEntity<String>> code(ServerWebExchange exchange) {
        return form(exchange)
                .flatMap(form ->
                        pages.page(
                                exchange,
                                "playground-code",
                                Map.of("code", code(exchange, form), "replaces", true)));
    }

    private Mono<PlaygroundForm> form(ServerWebExchange exchange) {
        return exchange.getFormData()
                .map(fields ->
                        PlaygroundForm.of(
                                new FormFields(fields), administration.models().servedName()));
    }

    private Mono<AnswerView> answer(PlaygroundForm form, String model, ServerWebExchange exchange) {
        return Mono.defer(() -> chats.answer(form.body(model, chats::alternatives), exchange))
                .map(AnswerView::of)
                .onErrorResume(e -> {
                    var words = PageForms.words(e);
                    return words == null
                            ? Mono.error(e)
                            : Mono.just(AnswerView.refused(model, words));
                });
    }

    /** Returns the form after its answers: a chat goes on, and others can be asked again. */
    private static PlaygroundForm next(PlaygroundForm form, List<AnswerView> answers) {
        var answer = answers.getFirst().answer();
        return form.isChat() && answer != null ? form.after(answer.text()) : form;
    }

    private Mono<ResponseEntity<String>> page(
            ServerWebExchange exchange,
            PlaygroundForm sent,
            PlaygroundForm next,
            List<AnswerView> answers,
            @Nullable String problem) {
        var values = new HashMap<String, @Nullable Object>();
        values.put("form", next);
        values.put("answers", answers);
        values.put("asked", answers.isEmpty() ? "" : sent.prompt());
        values.put("names", names(RequestCaller.access(exchange.getRequest())));
        values.put("baseName", administration.models().servedName());
        try {
            values.put("said", sent.said());
            values.put("code", code(exchange, sent));
        } catch (ApiException e) {
            values.put("said", List.of());
            values.put("code", null);
            values.put("problem", e.getMessage());
        }
        if (problem != null) {
            values.put("problem", problem);
        }
        var status = problem == null ? HttpStatus.OK : HttpStatus.BAD_REQUEST;
        return pages.page(exchange, status, "playground", values);
    }

    private List<String> names(Access access) {
        return Stream.concat(
                        Stream.of(administration.models().servedName()),
                        administration.visible(access).stream().map(adapter -> adapter.name()))
                .limit(MOST_NAMES)
                .toList();
    }

    private ClientCode code(ServerWebExchange exchange, PlaygroundForm form) {
        var url =
                UriComponentsBuilder.fromUri(exchange.getRequest().getURI())
                        .replacePath(null)
                        .replaceQuery(null)
                        .toUriString();
        return ClientCode.of(url, form.body(form.models().getFirst(), chats::alternatives));
    }
}
