package org.dlora.console;

import java.time.Duration;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.CacheControl;
import org.springframework.web.reactive.config.ResourceHandlerRegistry;
import org.springframework.web.reactive.config.WebFluxConfigurer;

/**
 * The console: the pages and live panels below this package, and the libraries that browsers load
 * from this server.
 */
@Configuration(proxyBeanMethods = false)
@ComponentScan
public class Console implements WebFluxConfigurer {
    private static final String LIBRARIES = "classpath:/META-INF/resources/webjars/";
    private static final Duration LIBRARY_AGE = Duration.ofDays(30);

    /** Serves the libraries' files, whose paths have their versions. */
    @Override
    public void addResourceHandlers(ResourceHandlerRegistry registry) {
        registry.addResourceHandler("/console/assets/lib/**")
                .addResourceLocations(LIBRARIES)
                .setCacheControl(CacheControl.maxAge(LIBRARY_AGE).cachePrivate());
    }
}
