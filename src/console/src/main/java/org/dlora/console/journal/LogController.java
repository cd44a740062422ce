package org.dlora.console.journal;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.RequestCaller;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.console.page.FormFields;
import org.dlora.console.page.PageForms;
import org.dlora.console.page.PageForms.Done;
import org.dlora.console.page.PageRenderer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggerConfiguration;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.util.StringUtils;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Page of the process's log, with the levels of its loggers. For administrators. */
@Controller
final class LogController {
    private static final Logger log = LoggerFactory.getLogger(LogController.class);
    private static final String PATH = "/console/journal/log";
    private static final String INHERITED = "inherited";
    private static final List<String> LEVELS = List.of("error", "warn", "info", "debug", "trace");
    private static final Pattern LOGGER = Pattern.compile("[\\w.$-]{1,200}");

    private final PageRenderer pages;
    private final LogLines lines;
    private final LoggingSystem logging;
    private final ClusterEvents events;
    private final LogFileTail tail;

    LogController(
            PageRenderer pages,
            LogLines lines,
            LoggingSystem logging,
            ClusterEvents events,
            LogFileTail tail) {
        this.tail = tail;
        this.pages = pages;
        this.lines = lines;
        this.logging = logging;
        this.events = events;
    }

    /** A logger with a level of its own. */
    record Leveled(String name, String level) {}

    @GetMapping(PATH)
    Mono<ResponseEntity<String>> log(
            ServerWebExchange exchange,
            @RequestParam(defaultValue = "trace") String level,
            @RequestParam(defaultValue = "") String text,
            @RequestParam(defaultValue = "") String all) {
        if (!LEVELS.contains(level)) {
            throw ApiException.invalid(
                    "level",
                    "'level' must be one of %s, but is '%s'."
                            .formatted(String.join(", ", LEVELS), StringUtils.truncate(level, 50)));
        }
        boolean isLive = text.isEmpty() && all.isEmpty();
        var values = new HashMap<String, @Nullable Object>();
        values.put("level", level);
        values.put("levels", LEVELS);
        values.put("text", text);
        values.put("isLive", isLive);
        values.put("lines", lines.last(level, text, isLive ? LogPanel.SHOWN : LogLines.KEPT));
        values.put("loggers", leveled());
        values.put("kept", LogLines.KEPT);
        values.put("file", tail.file().orElse(null));
        return pages.page(exchange, "log", values);
    }

    private List<Leveled> leveled() {
        return logging.getLoggerConfigurations().stream()
                .filter(one -> one.getLevelConfiguration(scope()) != null)
                .map(one -> new Leveled(one.getName(), configured(one)))
                .filter(one -> !one.level.equals(INHERITED))
                .sorted(Comparator.comparing(Leveled::name))
                .toList();
    }

    private static LoggerConfiguration.ConfigurationScope scope() {
        return LoggerConfiguration.ConfigurationScope.DIRECT;
    }

    private static String configured(@Nullable LoggerConfiguration logger) {
        var direct = logger == null ? null : logger.getLevelConfiguration(scope());
        return direct == null ? INHERITED : direct.getName().toLowerCase(Locale.ROOT);
    }

    /** Sets the level of a logger, until the server ends. */
    @PostMapping(PATH + "/level")
    Mono<ResponseEntity<String>> level(ServerWebExchange exchange) {
        var actor = RequestCaller.name(exchange.getRequest());
        return PageForms.change(exchange, PATH, fields -> set(fields, actor));
    }

    private Done set(FormFields fields, String actor) {
        var given = fields.required("logger", "Logger");
        var word = fields.required("level", "Level");
        if (!LOGGER.matcher(given).matches()) {
            throw ApiException.invalid(
                    "logger",
                    "'Logger' must be the name of a package or a class such as org.dlora.cluster, or ROOT.");
        }
        var name = whole(given);
        var level = level(name, word);
        var before = configured(logging.getLoggerConfiguration(name));
        logging.setLogLevel(name, level);
        var after = level == null ? INHERITED : level.name().toLowerCase(Locale.ROOT);
        log.info("{} has set the level of logger {} to {}", actor, name, after);
        events.done(actor, "log.level", name, Map.of("level", before), Map.of("level", after));
        return new Done(
                PATH, "Logger %s has the level %s until the server ends.".formatted(name, after));
    }

    /** Returns the whole name of a logger, of which lines show the last part alone. */
    private String whole(String name) {
        var known =
                logging.getLoggerConfigurations().stream()
                        .map(LoggerConfiguration::getName)
                        .toList();
        if (name.contains(".") || known.stream().anyMatch(name::equalsIgnoreCase)) {
            return name;
        }
        var found = known.stream().filter(one -> one.endsWith("." + name)).sorted().toList();
        if (found.size() == 1) {
            return found.getFirst();
        }
        throw ApiException.invalid(
                "logger",
                found.isEmpty()
                        ? "No logger is called '%s'. Give the name of a package or a class such as org.dlora.cluster, or ROOT."
                                .formatted(StringUtils.truncate(name, 50))
                        : "Several loggers are called '%s': give the whole name of %s."
                                .formatted(name, String.join(" or ", found)));
    }

    private static @Nullable LogLevel level(String name, String word) {
        if (word.equals(INHERITED)) {
            if (name.equalsIgnoreCase(LoggingSystem.ROOT_LOGGER_NAME)) {
                throw ApiException.invalid(
                        "level", "The root logger has no parent: choose a level for it.");
            }
            return null;
        }
        for (var level : LogLevel.values()) {
            if (level.name().toLowerCase(Locale.ROOT).equals(word)) {
                return level;
            }
        }
        throw ApiException.invalid(
                "level",
                "'Level' must be one of the list, but is '%s'."
                        .formatted(StringUtils.truncate(word, 50)));
    }
}
