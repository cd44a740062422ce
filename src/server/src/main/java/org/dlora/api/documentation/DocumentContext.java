package org.dlora.api.documentation;

import java.util.Map;
import org.springdoc.core.configuration.SpringDocConfiguration;
import org.springdoc.core.properties.SpringDocConfigProperties;
import org.springdoc.webflux.core.configuration.SpringDocWebFluxConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.context.reactive.AnnotationConfigReactiveWebApplicationContext;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.MapPropertySource;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.result.method.annotation.RequestMappingHandlerMapping;

/**
 * A Spring context that has springdoc's beans and lives while the document is made. The main
 * context would make them at each start.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties
@Import({
    DocumentWriter.class,
    SpringDocConfiguration.class,
    SpringDocConfigProperties.class,
    SpringDocWebFluxConfiguration.class
})
class DocumentContext {
    private static final Map<String, Object> SETTINGS =
            Map.of(
                    "springdoc.api-docs.version", "openapi_3_1",
                    "springdoc.override-with-generic-response", "false",
                    "springdoc.default-produces-media-type", "application/json");

    @Bean
    Descriptions descriptions() {
        return Descriptions.read();
    }

    /** Returns the document of the controllers in {@code main}. */
    static WrittenDocument write(ApplicationContext main) throws Exception {
        try (var context = new AnnotationConfigReactiveWebApplicationContext()) {
            context.getEnvironment()
                    .getPropertySources()
                    .addFirst(new MapPropertySource("document", SETTINGS));
            var beans = context.getBeanFactory();
            for (var name : main.getBeanNamesForAnnotation(RestController.class)) {
                beans.registerSingleton(name, main.getBean(name));
            }
            beans.registerSingleton(
                    "requestMappingHandlerMapping",
                    main.getBean(
                            "requestMappingHandlerMapping", RequestMappingHandlerMapping.class));
            context.register(DocumentContext.class);
            context.refresh();
            return context.getBean(DocumentWriter.class).write();
        }
    }
}
