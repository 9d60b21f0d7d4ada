//! Generates the gRPC service of `tonic_ticks`, from a description in Rust: no `protoc` is needed.
#![forbid(unsafe_code)]

use tonic_build::manual::{Builder, Method, Service};

fn main() {
    let ticks = Method::builder()
        .name("ticks")
        .route_name("Ticks")
        .input_type("super::TicksRequest")
        .output_type("super::Tick")
        .codec_path("tonic_prost::ProstCodec")
        .server_streaming()
        .build();
    let ticker = Service::builder()
        .name("Ticker")
        .package("ticks")
        .method(ticks)
        .build();
    Builder::new().compile(&[ticker]);
}
