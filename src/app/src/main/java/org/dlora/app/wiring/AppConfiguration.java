package org.dlora.app.wiring;

import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import org.dlora.api.admin.AdminApi;
import org.dlora.api.connections.ConnectionsApi;
import org.dlora.api.documentation.DocumentationApi;
import org.dlora.api.guard.CrossOriginApi;
import org.dlora.api.keys.KeysApi;
import org.dlora.api.metrics.MetricsApi;
import org.dlora.api.metrics.RouterSettings;
import org.dlora.api.openai.OpenAiApi;
import org.dlora.api.openai.chat.AnswerSettings;
import org.dlora.api.openai.responses.ResponseSettings;
import org.dlora.api.openai.responses.ResponsesApi;
import org.dlora.api.users.UsersApi;
import org.dlora.api.webhooks.Webhook;
import org.dlora.api.webhooks.Webhooks;
import org.dlora.app.settings.DloraProperties;
import org.dlora.app.settings.StoreKind;
import org.dlora.app.settings.check.SettingsShape;
import org.dlora.app.source.HubModels;
import org.dlora.app.tracing.TracingConfiguration;
import org.dlora.catalogue.source.hub.HubSettings;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.cluster.facts.RequestLog;
import org.dlora.cluster.facts.RequestObserver;
import org.dlora.cluster.samples.ClusterSamples;
import org.dlora.console.Console;
import org.dlora.engine.opening.DeviceOpener;
import org.dlora.engine.opening.LocalDevices;
import org.dlora.engine.opening.StartException;
import org.dlora.operate.adapters.TeamQuota;
import org.dlora.security.web.SecurityWebConfiguration;
import org.dlora.store.Database;
import org.dlora.store.DatabaseSettings;
import org.dlora.store.history.StoredHistory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.context.properties.ConfigurationPropertiesBindHandlerAdvisor;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;

/** Beans of other packages, made from the settings. */
@Configuration(proxyBeanMethods = false)
@ConfigurationPropertiesScan(basePackageClasses = DloraProperties.class)
@Import({
    OpenAiApi.class,
    ResponsesApi.class,
    AdminApi.class,
    KeysApi.class,
    UsersApi.class,
    Console.class,
    MetricsApi.class,
    DocumentationApi.class,
    ConnectionsApi.class,
    CrossOriginApi.class,
    TracingConfiguration.class,
    SecurityWebConfiguration.class
})
public class AppConfiguration {
    /** Longest wait for the catalogue at the start. */
    private static final Duration CATALOGUE_PATIENCE = Duration.ofSeconds(10);

    /**
     * Checks the settings' shape. Static, because settings are bound before other beans are made.
     */
    @Bean
    public static ConfigurationPropertiesBindHandlerAdvisor settingsShape() {
        return parent -> new SettingsShape(parent, "dlora", DloraProperties.class);
    }

    @Bean
    Clock clock() {
        return Clock.system(ZoneId.systemDefault());
    }

    @Bean
    DeviceOpener devices() {
        return new LocalDevices();
    }

    /**
     * Returns the database. It is opened once the model has been warmed up, or beside the loading
     * if it may have a catalogue.
     */
    @Bean
    Database database(DloraProperties settings, ConfigurableEnvironment environment) {
        checkDatabase(environment.getProperty("spring.datasource.url", ""));
        return new Database(
                new DatabaseSettings(settings.homeFolder(), settings.store() == StoreKind.MEMORY),
                environment);
    }

    private static void checkDatabase(String url) {
        if (!url.isBlank() && !url.startsWith("jdbc:postgresql:") && !url.startsWith("jdbc:h2:")) {
            throw new StartException(
                    "spring.datasource.url is '%s': expected jdbc:postgresql:... or jdbc:h2:..., or nothing for a file in dlora.home."
                            .formatted(url.replaceAll("[?;].*", "")));
        }
    }

    /** Returns the opening of the catalogue, for which a start waits that may find one. */
    @Bean
    CatalogueOpening catalogueOpening(
            DloraProperties settings, Environment environment, Database database) {
        if (settings.store() == StoreKind.MEMORY) {
            return CatalogueOpening.inMemory();
        }
        boolean mayHaveContent =
                !environment.getProperty("spring.datasource.url", "").isBlank()
                        || Files.exists(settings.homeFolder().resolve("dlora.mv.db"));
        return CatalogueOpening.of(database, mayHaveContent, CATALOGUE_PATIENCE);
    }

    @Bean
    ApplicationListener<ApplicationReadyEvent> databaseStart(Database database) {
        return _ -> database.start();
    }

    @Bean
    HubSettings hubSettings() {
        return HubModels.settings();
    }

    @Bean
    StoredHistory history(
            Database database,
            DloraProperties settings,
            ClusterEvents events,
            Clock clock,
            MeterRegistry metrics) {
        return new StoredHistory(database, settings.history().settings(), events, clock, metrics);
    }

    @Bean
    Webhooks webhooks(DloraProperties settings, ClusterEvents events, MeterRegistry metrics) {
        var hooks = new ArrayList<Webhook>();
        for (var one : settings.webhooks()) {
            hooks.add(one.webhook(hooks.size()));
        }
        return new Webhooks(hooks, events, metrics);
    }

    @Bean
    ClusterSamples clusterSamples(Clock clock) {
        return new ClusterSamples(clock);
    }

    @Bean
    RequestObserver requestLog() {
        return new RequestLog();
    }

    @Bean
    RouterSettings routerSettings(DloraProperties settings) {
        // Each sequence of a step may have another adapter.
        int maxAdapters = settings.maxBatch() * settings.replicasOrDefault().size();
        return new RouterSettings(settings.metrics().vllm(), maxAdapters);
    }

    @Bean
    AnswerSettings answerSettings(DloraProperties settings) {
        return new AnswerSettings(settings.toolParser(), settings.reasoningParser());
    }

    @Bean
    TeamQuota teamQuota(DloraProperties settings) {
        return settings.adapters().team().quota();
    }

    @Bean
    ResponseSettings responseSettings(DloraProperties settings) {
        return settings.responses().settings();
    }
}
