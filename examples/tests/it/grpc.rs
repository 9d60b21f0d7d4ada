//! gRPC and event streams on one port, under one layer that does not change gRPC.

use std::convert::Infallible;

use axum::routing::get;
use bytes::{BufMut, Bytes, BytesMut};
use examples::ticks::{Tick, Ticker, TickerClient, TickerServer, TicksRequest};
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use http::{HeaderMap, Method, Request, Version};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use prost::Message;
use sse_tower::{Event, RelayLayer, Sse, testing::EventReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{
    Code, Response, Status,
    service::Routes,
    transport::{Channel, Endpoint, Server},
};

use crate::{
    demo::{interrupt, within},
    program::{Program, exchange},
};

async fn channel(address: &str) -> Channel {
    let endpoint = Endpoint::new(format!("http://{address}")).unwrap();
    within(endpoint.connect()).await.unwrap()
}

#[tokio::test]
async fn grpc_beside_the_stream_is_unchanged() {
    let server = Program::start(env!("CARGO_BIN_EXE_tonic_ticks")).await;
    let mut client = TickerClient::new(channel(&server.address).await);
    let answer = within(client.ticks(TicksRequest { seen: 41 }))
        .await
        .unwrap();
    let mut ticks = answer.into_inner();
    for number in [42, 43] {
        let tick = within(ticks.next()).await.unwrap().unwrap();
        assert_eq!(tick.number, number);
    }
    let mut unknown = tonic::client::Grpc::new(channel(&server.address).await);
    unknown.ready().await.unwrap();
    let codec = tonic_prost::ProstCodec::<TicksRequest, TicksRequest>::default();
    let path = http::uri::PathAndQuery::from_static("/ticks.Ticker/Nothing");
    let request = tonic::Request::new(TicksRequest { seen: 0 });
    let status = within(unknown.unary(request, path, codec))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
}

#[tokio::test]
async fn ctrl_c_ends_the_server_during_a_call() {
    let mut server = Program::start(env!("CARGO_BIN_EXE_tonic_ticks")).await;
    let mut client = TickerClient::new(channel(&server.address).await);
    let call = within(client.ticks(TicksRequest { seen: 0 })).await;
    let mut ticks = call.unwrap().into_inner();
    within(ticks.next()).await.unwrap().unwrap();
    let response = server
        .send(Version::HTTP_11, Method::GET, "/ticks", "")
        .await;
    let mut browser = EventReader::new(response);
    within(browser.event()).await;

    interrupt(&server.process).await;
    // The stream ends cleanly. The layer knows nothing of the call, which ends with its connection.
    within(browser.rest()).await;
    let status = within(server.process.wait()).await.unwrap();
    assert!(status.success(), "{status}");
}

/// Sends two ticks and then a status, which is in the trailers.
struct Two;

#[tonic::async_trait]
impl Ticker for Two {
    type TicksStream = BoxStream<'static, Result<Tick, Status>>;

    async fn ticks(
        &self,
        _: tonic::Request<TicksRequest>,
    ) -> Result<Response<Self::TicksStream>, Status> {
        let ticks = [1, 2].map(|number| Ok(Tick { number }));
        let over = Err(Status::data_loss("two is all"));
        Ok(Response::new(
            stream::iter(ticks)
                .chain(stream::once(async { over }))
                .boxed(),
        ))
    }
}

/// tonic's own server, with HTTP/1.1, with or without the layer around it.
async fn serve(with_layer: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let events = async || {
        let tick = |n: u64| Ok::<_, Infallible>(Event::new(format!("tick {n}")).with_id(n));
        Sse::new(stream::iter([1, 2].map(tick)))
    };
    let routes = Routes::new(TickerServer::new(Two)).into_axum_router();
    let routes: Routes = routes.route("/ticks", get(events)).into();
    let connections = TcpListenerStream::new(listener);
    let mut server = Server::builder().accept_http1(true);
    if with_layer {
        let mut server = server.layer(RelayLayer::new());
        tokio::spawn(server.add_routes(routes).serve_with_incoming(connections));
    } else {
        tokio::spawn(server.add_routes(routes).serve_with_incoming(connections));
    }
    address
}

/// An answer as it was received: header fields, content and trailers.
#[derive(Debug, PartialEq)]
struct Wire {
    fields: HeaderMap,
    content: Bytes,
    trailers: HeaderMap,
}

/// Makes a call without a gRPC client, which might hide differences.
async fn call(address: &str) -> Wire {
    let message = TicksRequest { seen: 0 }.encode_to_vec();
    let mut content = BytesMut::new();
    content.put_u8(0); // the flag for "not compressed"
    content.put_u32(message.len() as u32);
    content.put_slice(&message);
    let request = Request::post(format!("http://{address}/ticks.Ticker/Ticks"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        // The answer is not an event stream, even if the client accepts one.
        .header("accept", "text/event-stream")
        .version(Version::HTTP_2)
        .body(Full::new(content.freeze()))
        .unwrap();
    let socket = TcpStream::connect(address).await.unwrap();
    let answer = exchange(TokioIo::new(socket), request).await;
    let mut fields = answer.headers().clone();
    fields.remove("date");
    let body = within(answer.into_body().collect()).await.unwrap();
    Wire {
        fields,
        trailers: body.trailers().cloned().unwrap_or_default(),
        content: body.to_bytes(),
    }
}

#[tokio::test]
async fn a_call_under_the_layer_is_the_same_to_the_byte() {
    let wire = call(&serve(true).await).await;
    assert_eq!(wire, call(&serve(false).await).await);
    assert_eq!(wire.fields["content-type"], "application/grpc");
    assert_eq!(wire.content, "\0\0\0\0\x02\x08\x01\0\0\0\0\x02\x08\x02");
    assert_eq!(
        wire.trailers["grpc-status"],
        (Code::DataLoss as i32).to_string()
    );
    assert_eq!(wire.trailers["grpc-message"], "two%20is%20all");
}

#[tokio::test]
async fn browsers_read_events_from_the_port_of_tonics_own_server() {
    let address = serve(true).await;
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let request = Request::get(format!("http://{address}/ticks"))
            .version(version)
            .body(Full::default())
            .unwrap();
        let socket = TcpStream::connect(&address).await.unwrap();
        let answer = exchange(TokioIo::new(socket), request).await;
        let mut reader = EventReader::new(answer);
        assert_eq!(reader.headers()["x-accel-buffering"], "no", "{version:?}");
        let events = within(reader.rest()).await;
        let tick = |n: u64| Event::new(format!("tick {n}")).with_id(n);
        assert_eq!(events, [1, 2].map(tick), "{version:?}");
    }
}
